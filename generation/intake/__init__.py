"""Media made elsewhere become takes: what their files say of their making, and a folder that is watched for them."""
