package singlesocketchannel

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "spec:leave-out:SendAnswer:bac3d7ab", Reason: "Next and StepsNext choose the number from the same set"},
	{ID: "spec:leave-out:SendRequest:cdfc35ad", Reason: "Next and StepsNext choose the number from the same set"},
	{ID: "spec:leave-out:Handle:bb92324e", Reason: "Next and StepsNext choose the number from the same set"},
	{ID: "spec:leave-out:Take:e0c07a6a", Reason: "Next and StepsNext choose the frame from the same set"},
	{ID: "spec:leave-out:Cancel:8b918015", Reason: "Next and StepsNext choose the number from the pending requests"},
	{ID: "spec:leave-out:Arrives:ec0b3f7a", Reason: "a hello has the number 0, and of the others Next and StepsNext take the number that has come"},
	{ID: "spec:shift-bound:IsSuperseded:8bb8564c", Reason: "a connection that opens is newer than the open one: AcceptHello demands it, and DialNext that none is open"},
	{ID: "spec:leave-out:WriteEnd:ebff1803", Reason: "an end without a connection does not write (TypeOK)"},
	{ID: "spec:stays:TakeRefusal:c19da62d", Reason: "neither end takes anything from a connection that was refused"},
	{ID: "code:swap-arguments:Core.Refused:4e3dfb01", Reason: "of two numbers the greater is the same, whichever comes first"},
	{ID: "code:shift-bound:NewCore:12c46d96", Reason: "the two ends have different names: Node.Peer and greetings refuse equal ones"},
	{ID: "code:leave-out:Channel.drop:6ae463f6", Reason: "the goroutines of the connection take it away when they end (link.left), and the writer of the next one looks for work when it starts"},
}
