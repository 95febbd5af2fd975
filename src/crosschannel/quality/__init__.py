"""How good the results are: graded against planted truth, and told in a report."""
