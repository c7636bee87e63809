package requestpipeline_test

import (
	"context"
	"fmt"
	"net"
	"sync"

	"github.com/lockstep-tla/lockstep/impl/requestpipeline"
)

// Three goroutines add to one sum over one connection. None waits for the answers of the
// others, and the server adds each number once.
func Example() {
	sum := 0
	server, err := requestpipeline.Listen("127.0.0.1:0", func(r requestpipeline.Request) []byte {
		sum += int(r.Body[0])
		return []byte(fmt.Sprint("added ", r.Body[0]))
	}, requestpipeline.ServerOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := requestpipeline.Open(requestpipeline.Options{
		Client: "adder", Process: 1, MaxInFlight: 2,
		Dial: func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", server.Addr().String())
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var callers sync.WaitGroup
	for n := range byte(3) {
		callers.Go(func() {
			if answer, err := client.Call(context.Background(), []byte{n + 1}); err != nil {
				fmt.Println(err, answer)
			}
		})
	}
	callers.Wait()
	fmt.Println(sum)
	_, err = server.Close()
	fmt.Println(client.Close(), err)
	// Output:
	// 6
	// <nil> <nil>
}
