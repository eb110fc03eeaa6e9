"""Who may enter, and in whose name: the gate, the login, roles."""
