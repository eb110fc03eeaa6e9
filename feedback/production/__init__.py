"""What is made: projects, shots, briefs and takes."""
