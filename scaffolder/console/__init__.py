"""What a person sees and presses: output, click in Spanish, signals. It imports errors alone."""
