"""Who allowed what (licences, contributors, consents, and what is missing), and what a take must be able to answer."""
