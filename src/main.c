/* main.c -- wiring only: hands the words of the command line to the command they name. */
#include "cli/cli.h"

int main(int argc, char **argv) { return cli_main(argc, argv); }
