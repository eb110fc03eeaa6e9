"""How far people agree, and with themselves."""
