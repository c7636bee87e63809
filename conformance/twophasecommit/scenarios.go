package twophasecommit

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
)

var scripts []int

func script(_ context.Context, run conformance.Run) error { return nil }
func faults(_ context.Context, run conformance.Run) error { return nil }
