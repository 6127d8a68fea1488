"""Speed and quality of autowritten and of its peers on the same work; results are kept as JSON."""
