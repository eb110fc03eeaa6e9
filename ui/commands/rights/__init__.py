"""Commands about who allowed what."""
