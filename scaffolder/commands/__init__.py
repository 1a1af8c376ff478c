"""One module per command: it reads the command line, calls the library and presents."""
