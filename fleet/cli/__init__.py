"""The command `fleet`: one file per subcommand."""
