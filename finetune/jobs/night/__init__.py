"""What a night is made of: its lease, its stages, and what it checks first."""
