"""What helps a planner write a scenario: one to start from, how it was understood, what does not fit its market."""
