"""What can be said of a brief before it is queued: from the model's folder, without torch. A worker checks it all again."""
