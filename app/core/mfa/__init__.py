"""Second factors, recovery, step-up and policy: one model for every edge."""
