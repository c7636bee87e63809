package twophasecommit_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
)

// A cluster of a coordinator and two participants, all in this process, and a
// client that moves something from one participant to the other.
func Example() {
	dir, err := os.MkdirTemp("", "cluster")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	where := map[string]string{} // the addresses, by name
	home := func(key string) string {
		if key < "m" {
			return "alexandria"
		}
		return "rome"
	}
	serve := func(core tpc.Core) *tpc.Server {
		s, err := tpc.Serve(core, tpc.ServerOptions{
			Dir: filepath.Join(dir, core.Name()), Listen: "127.0.0.1:0", Peers: where,
		})
		if err != nil {
			panic(err)
		}
		where[core.Name()] = s.Addr().String()
		return s
	}
	for _, name := range []string{"alexandria", "rome"} {
		p, _ := tpc.NewParticipant(tpc.ParticipantConfig{Name: name, Coordinator: "carthage", Policy: tpc.WoundWait})
		defer serve(p).Close()
	}
	c, _ := tpc.NewCoordinator(tpc.CoordinatorConfig{Name: "carthage", Placement: home})
	defer serve(c).Close()

	ctx := context.Background()
	client, err := tpc.NewClient(tpc.ClientOptions{Name: "merchant", Coordinator: "carthage", Placement: home, Peers: where})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	fmt.Println(client.Transact(ctx, func(ctx context.Context, tx *tpc.Tx) error {
		return tx.Put(ctx, "barn", "wheat")
	}))
	fmt.Println(client.Transact(ctx, func(ctx context.Context, tx *tpc.Tx) error {
		load, _, err := tx.Get(ctx, "barn")
		if err != nil {
			return err
		}
		return errors.Join(tx.Put(ctx, "barn", "empty"), tx.Put(ctx, "ship", load))
	}))
	tx, err := client.Begin(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range []string{"barn", "ship"} {
		value, _, err := tx.Get(ctx, key)
		fmt.Println(key, value, err)
	}
	fmt.Println(tx.RollBack())
	// Output:
	// <nil>
	// <nil>
	// barn empty <nil>
	// ship wheat <nil>
	// <nil>
}
