// Package diagram draws the steps of nodes as a space-time diagram: a lane for each
// node, time downwards, and messages as arrows from the step that sends one to the
// step that receives it. It draws recorded traces and the counterexamples of a
// model checker alike, as Mermaid for pages in Markdown and as SVG.
//
// # What is a message
//
// An argument of a step is a message if it is a record that names its sender or
// its receiver, in one of the fields from, source, src and sender, or to, dest,
// dst, destination and receiver. Arguments of the step itself that have one of
// these names and hold the name of a node mean the same.
//
// A step of the message's sender sends it. A step of its receiver receives it; if the
// message names no receiver, a step of any node but the sender does. If another node's
// step has the message as argument, or a step whose name begins with Lose or Drop, the
// message is lost there.
//
// If the spec says which messages are under way ([Source.Network]), a message is sent by
// the step after which it is among them. A step without a message as argument ends those
// that are under way before it and not after it: its own node has received those to
// itself, unless it has crashed, and those to others are lost. In the network a record of
// one field stands for an argument of that name that is no record: {"stamp": 7} for
// stamp = 7.
//
// If several processes have recorded, the stamps of a step name the messages that it
// follows from, and the arrows begin at the steps that sent them.
//
// After a step whose name begins with Crash or Kill its node is down until it takes
// another step. If the environment takes the step, an argument names the node.
package diagram
