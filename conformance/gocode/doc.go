// Package gocode reads from Go sources how a package records its steps: which
// function records which step, what a view is made of, and whether the code
// keeps to the form that makes its traces worth something.
//
// It goes by names, without types. A function that hands one of its parameters
// on as the name of a step counts as one that records steps, so that helpers
// are seen through.
package gocode
