// Package lamportclock is a Lamport clock: a number for each step of each
// process, such that what may have led to a step has a smaller one.
package lamportclock
