"""What customers will do and be worth: lifetime value, predictions of groups, RFM segments."""
