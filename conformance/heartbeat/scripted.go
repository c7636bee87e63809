package heartbeat

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
)

// scripts are runs in which one rule after the other matters, in virtual time.
var scripts = []func(*cluster){
	neverHeard, standsStill, clocksAreSet, earlierIncarnation, longFlush, longSilence, irregular,
}

// script runs one of them, with a fixed window and then with one that is learnt.
func script(_ context.Context, run conformance.Run) error {
	return inCluster(run, "script", run.Seed-1, toolbox.Pick(scripts, run.Seed-1))
}

// neverHeard: a peer that is never heard.
func neverHeard(c *cluster) {
	c.start("w", "a")
	c.calmly()
	c.settle()
}

// standsStill: a watcher that stands still, and hears nothing meanwhile.
func standsStill(c *cluster) {
	c.start("a", "b", "w")
	c.run(1300 * ms)
	for _, clockFirst := range []bool{true, false} {
		c.pause("w")
		c.sim.Net.Cut("a", "w")
		c.run(800 * ms)
		c.sim.Net.Heal()
		c.proceed("w", clockFirst)
		c.run(300 * ms)
	}
	c.calmly()
	c.settle()
}

// clocksAreSet: wall clocks that are set.
func clocksAreSet(c *cluster) {
	c.start("w", "a", "b")
	c.calmly()
	for _, offset := range offsets[1:] {
		c.run(250 * ms)
		c.set("w", offset)
		c.run(250 * ms)
		c.set("w", 0)
		c.set("b", offset)
	}
	c.kill("b")
	c.run(300 * ms)
	c.start("b")
	c.settle()
}

// earlierIncarnation: a heartbeat of an earlier incarnation.
func earlierIncarnation(c *cluster) {
	c.start("w", "b")
	c.sim.Net.Change(networktest.Faults{MinDelay: 400 * ms, MaxDelay: 400 * ms})
	c.run(150 * ms)
	c.kill("b")
	c.start("b")
	c.sim.Net.Change(networktest.Faults{Repeat: 100, MaxDelay: 10 * ms})
	c.run(300 * ms) // the heartbeat of the first incarnation comes behind those of the second
	c.kill("b")
	c.run(400 * ms)
	c.calmly()
	c.settle()
}

// longFlush: a flush that takes long.
func longFlush(c *cluster) {
	c.start("w", "a", "b")
	c.calmly()
	c.run(130 * ms)
	c.nodes["b"].hb.Do(func() { c.run(700 * ms) })
	c.run(200 * ms)
	c.nodes["a"].hb.Do(func() { c.kill("b") })
	c.settle()
}

// longSilence: a peer that is heard regularly for long, and then no more.
func longSilence(c *cluster) {
	c.start("w", "a", "b")
	c.calmly()
	c.run(1400 * ms)
	c.kill("a")
	c.run(inMs(c.times.bound() + 1))
	c.start("a")
	c.settle()
}

// irregular: a peer that is heard irregularly.
func irregular(c *cluster) {
	c.start("w", "b")
	c.sim.Net.Change(networktest.Faults{Lose: 30, Repeat: 10, MaxDelay: 300 * ms})
	c.run(3000 * ms)
	c.calmly()
	c.run(1000 * ms)
	c.settle()
}
