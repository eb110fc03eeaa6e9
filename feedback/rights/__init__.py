"""Who allowed what: licences, the people whose work or likeness is used, their consents, and what is missing."""
