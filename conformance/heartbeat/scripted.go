package heartbeat

import (
	"context"
	"strconv"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

// scripts are runs in which one rule after the other matters, in virtual time; see obey
// for the commands. Times are in milliseconds.
var scripts = []string{`
	# A peer is never heard.
	start w a, calm, settle
`, `
	# A watcher stands still, and hears nothing meanwhile.
	start a b w, run 1300
	pause w, cut a w, run 800, heal, proceed w clock, run 300
	pause w, cut a w, run 800, heal, proceed w inbox, run 300
	pause w, run 50, calm, settle
`, `
	# Wall clocks are set.
	start w a b, calm
	run 250, set w 40, run 250, set w 0, set b 40
	run 250, set w 3600000, run 250, set w 0, set b 3600000
	kill b, run 300, start b, settle
`, `
	# The heartbeat of an earlier incarnation comes behind those of the next one.
	start w b, network slow, run 150
	kill b, start b, network repeating, run 300
	kill b, run 400, calm, settle
`, `
	# A flush takes long, and another one is cut short by a crash.
	start w a b, calm, run 130
	flush b run 700, run 200
	flush a kill b, dieBusy a, settle
`, `
	# A peer is heard regularly for long, and then no more. Each message takes as long as
	# a calm network may take.
	start w a b, calm, network punctual, run 1400
	kill a, run bound, start a, settle
`, `
	# A peer is heard irregularly.
	start w b, network irregular, run 3000
	calm, run 1000, settle
`}

// networks are what the network may be like.
var networks = map[string]networktest.Faults{
	"slow":      {MinDelay: 400 * ms, MaxDelay: 400 * ms},
	"repeating": {Repeat: 100, MaxDelay: 10 * ms},
	"punctual":  {MinDelay: 20 * ms, MaxDelay: 20 * ms},
	"irregular": {Lose: 30, Repeat: 10, MaxDelay: 300 * ms},
}

// script runs one of them, with a fixed window and then with one that is learnt.
func script(_ context.Context, run conformance.Run) error {
	return inCluster(run, "script", run.Seed-1, func(c *cluster) {
		c.Follow(toolbox.Pick(scripts, run.Seed-1), c.obey)
	})
}

// obey carries out one command of a script.
func (c *cluster) obey(words []string) error {
	name, last := words[min(1, len(words)-1)], words[len(words)-1]
	number, _ := strconv.Atoi(last) // 0 for other words
	switch words[0] {
	case "start":
		c.start(words[1:]...)
	case "kill":
		c.kill(name)
	case "dieBusy":
		c.dieBusy(name)
	case "pause":
		c.pause(name)
	case "proceed": // and look at the clock first, or at the inbox
		c.proceed(name, last == "clock")
	case "set":
		c.set(name, number)
	case "flush": // a node's, during which something else happens
		var err error
		c.flush(name, func() { err = c.obey(words[2:]) })
		return err
	case "run":
		if last == "bound" {
			number = c.times.bound() + 1
		}
		c.run(inMs(number))
	case "calm":
		c.calmly()
	case "settle":
		c.settle()
	case "cut":
		c.sim.Net.Cut(name, last)
	case "heal":
		c.sim.Net.Heal()
	case "network":
		c.sim.Net.Change(networks[name])
	default:
		return toolbox.ErrNoCommand
	}
	return nil
}
