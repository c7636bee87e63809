package trace

// Recorder writes down what a program does, step by step.
type Recorder struct{}
