-- report.lua -- requests for wrk and one machine-readable line at the end: requests, seconds, p50 and p99 in µs, answers that were not 2xx or 3xx.
-- With a file of requests (`METHOD-less` lines: path, tab, Authorization header or nothing) each connection walks through it in turn.
local lines, at = nil, 0

function init(args)
  if args[1] then
    lines = {}
    for line in io.lines(args[1]) do
      local path, authorization = line:match("^(%S+)\t?(.*)$")
      local headers = {}
      for name, value in pairs(wrk.headers) do headers[name] = value end
      if authorization ~= "" then headers["Authorization"] = authorization end
      lines[#lines + 1] = wrk.format("GET", path, headers)
    end
    request = function()
      at = at % #lines + 1
      return lines[at]
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %.6f %.0f %.0f %d %d\n", summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, summary.bytes))
end
