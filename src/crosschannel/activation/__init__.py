"""Activation: control groups, what they show, and what the playbook proposes for everybody else."""
