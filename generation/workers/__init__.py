"""The processes that draw queued takes, and what keeps them and their leases alive."""
