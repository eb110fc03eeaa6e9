"""Takes: model families, loading, sampling, workers and media encoding."""

import os

# Before anything here loads torch. Its OpenMP threads spin while they wait for each other, which on cores that somebody
# else uses too (the web process, a tuning run) costs all the time there is: on two busy cores a 128x128 take of 0.4
# processor seconds took 8-15 s with spinning threads, 0.9 s with these, and 0.6-0.8 s with one thread.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
