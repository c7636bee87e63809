package majorityquorum_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	mq "github.com/lockstep-tla/lockstep/impl/majorityquorum"
)

// A client writes and reads while one of three replicas is down, and learns that nothing was
// written when two of them are.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	voters := []string{"athens", "byzantium", "cyrene"}
	replicas := map[string]*mq.Replica{}
	for _, name := range voters {
		replicas[name], err = mq.OpenReplica(mq.ReplicaOptions{Name: name, Path: filepath.Join(dir, name)})
		if err != nil {
			panic(err)
		}
	}
	client, err := mq.Open(mq.Options{
		Name: "c1", Voters: voters,
		Send: func(_ context.Context, to string, m *mq.Message) (*mq.Message, error) { return replicas[to].Receive(m) },
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	replicas["byzantium"].Close()
	version, err := client.Write(ctx, "hello")
	fmt.Println(version, err)
	cell, err := client.Read(ctx)
	fmt.Println(cell.Value, err)

	replicas["cyrene"].Close()
	_, err = client.Write(ctx, "good-bye")
	fmt.Println(err, errors.Is(err, mq.ErrFailed))
	client.Wait()
	// Output:
	// {1 c1} <nil>
	// hello <nil>
	// majority quorum: failed true
}
