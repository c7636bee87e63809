package singlesocketchannel

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/slowtest"
	"github.com/lockstep-tla/lockstep/impl/environment/proxy"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestSpecAcceptsSlowWrites: clients ask at both ends, while one write to a socket after the
// other is slow: of a greeting, or of a part of a frame. Behind it all connections are cut in
// every other run.
func TestSpecAcceptsSlowWrites(t *testing.T) {
	slowtest.Accepts(t, Pattern.Spec, 20, slowRun)
}

func slowRun(ctx context.Context, run conformance.Run, w *slowtest.Write) error {
	return toolbox.Record(run, header("slow", run.Seed), func(rec *trace.Recorder) (err error) {
		c := &cluster{ctx: ctx, hosts: map[string]*host{}, options: ssc.Options{
			Heartbeat: 50 * time.Millisecond, Silence: missed, Backoff: 5 * time.Millisecond,
			ConnectTimeout: time.Second, WriteTimeout: time.Second,
			MaxMessage: maxMessage, Window: window, Room: room, Buffer: 16,
			Network: w.TCP(), Trace: func(string) *trace.Recorder { return rec },
		}}
		defer func() { err = errors.Join(c.close(), c.Err()) }()
		for _, name := range names {
			c.hosts[name] = &host{}
			if c.start(name, proxy.Faultless); c.Err() != nil {
				return nil
			}
		}
		if run.Seed%2 == 0 {
			w.Then = func() { c.hosts[names[0]].proxy.Cut(); c.hosts[names[1]].proxy.Cut() }
		}
		w.Begin(rec)
		c.work(run.Seed, 3, 3)
		c.clients.Wait()
		c.last()
		c.channel(names[0], "").Quiet()
		return nil
	})
}
