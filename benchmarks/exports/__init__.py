"""What exports of many selects cost: seconds and memory of every format."""
