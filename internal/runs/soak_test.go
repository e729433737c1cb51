package runs_test

func childNode(url string) int { return 0 }
