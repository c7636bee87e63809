package heartbeat_test

import (
	"context"
	"fmt"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	"github.com/lockstep-tla/lockstep/impl/heartbeat"
)

func Example() {
	wires := networktest.NewMemory()
	listen := func(name string) network.Endpoint {
		e, err := wires.Listen(name)
		if err != nil {
			panic(err)
		}
		return e
	}
	changes := make(chan heartbeat.Change, 10)
	follower, err := heartbeat.New(heartbeat.Options{
		Name: "follower", Endpoint: listen("f"), Watch: []string{"leader"},
		Interval: 5 * time.Millisecond, Timeout: 50 * time.Millisecond,
		OnChange: func(c heartbeat.Change) { changes <- c },
	})
	if err != nil {
		panic(err)
	}
	leader, err := heartbeat.New(heartbeat.Options{
		Name: "leader", Endpoint: listen("l"), SendTo: map[string]string{"follower": "f"},
		Interval: 5 * time.Millisecond, Timeout: 50 * time.Millisecond,
	})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	running, crash := context.WithCancel(ctx)
	go follower.Run(ctx)
	go leader.Run(running)
	crash()
	change := <-changes
	fmt.Println(change.Peer, "is", change.Status)
	stop()
	// Output: leader is down
}
