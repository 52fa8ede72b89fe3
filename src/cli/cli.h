/* cli.h -- the program's commands, from one table: serve, worker, demo, and what operators do on the store itself.
 *
 * Exit codes: 0 done, 1 failed in part or whole, 2 wrong use. `--json` gives the contract's shapes on standard output; progress goes to standard
 * error, and only when that is a terminal. */
#ifndef SAI_CLI_CLI_H
#define SAI_CLI_CLI_H

int cli_main(int argc, char **argv);

#endif
