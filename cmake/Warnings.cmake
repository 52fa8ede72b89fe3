# Every warning is an error in the presets developers and CI use; the list is the one of the style guide.
add_library(sai_warnings INTERFACE)
target_compile_options(sai_warnings INTERFACE
	-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wvla -Wformat=2 -Wwrite-strings -Wcast-qual -Wpointer-arith -Wundef -Wdouble-promotion -Wimplicit-fallthrough)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	target_compile_options(sai_warnings INTERFACE
		-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Walloc-zero -Wnull-dereference)
endif()
option(SAI_WERROR "Warnings are errors" ON)
if(SAI_WERROR)
	target_compile_options(sai_warnings INTERFACE -Werror)
endif()
# Calls that have no safe use here are errors, see src/base/banned.h.
target_compile_options(sai_warnings INTERFACE "SHELL:-include ${CMAKE_SOURCE_DIR}/src/base/banned.h")
