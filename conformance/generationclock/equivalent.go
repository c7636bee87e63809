package generationclock

import "github.com/lockstep-tla/lockstep/conformance"

// equivalent are the falsified traces that can have happened as well.
var equivalent []conformance.Excuse
