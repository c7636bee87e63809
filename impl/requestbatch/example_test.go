package requestbatch_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/impl/requestbatch"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

// Three callers share a batch, which fills before the linger is over.
func Example() {
	ctx := context.Background()
	shout := func(_ context.Context, p requestbatch.Position, request []byte) ([]byte, error) {
		if len(request) == 0 {
			return nil, fmt.Errorf("nothing to shout")
		}
		return fmt.Appendf(nil, "%s, from batch %d", strings.ToUpper(string(request)), p.Batch), nil
	}
	server, err := ssc.Listen("byzantium", "127.0.0.1:0", requestbatch.NewServer(shout, requestbatch.ServerOptions{}).Handle, ssc.Options{})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	client, err := ssc.Listen("athens", "127.0.0.1:0", nil, ssc.Options{})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	channel, err := client.Peer("byzantium", server.Addr().String())
	if err != nil {
		panic(err)
	}

	b, err := requestbatch.Open(requestbatch.Options{
		Client: "athens/1", Linger: time.Hour, MaxSize: 71, Send: channel.Request,
	})
	if err != nil {
		panic(err)
	}
	words := []string{"hear", "", "hear"}
	answers := make([]string, len(words))
	var callers sync.WaitGroup
	for i, word := range words {
		callers.Go(func() {
			answer, err := b.Call(ctx, []byte(word))
			answers[i] = fmt.Sprintf("%s %v", answer, err)
		})
	}
	callers.Wait()
	fmt.Println(strings.Join(answers, "\n"))
	if err := b.Close(ctx); err != nil {
		panic(err)
	}
	_, err = b.Call(ctx, []byte("too late"))
	fmt.Println(err)
	// Output:
	// HEAR, from batch 1 <nil>
	//  request batch: request failed: nothing to shout
	// HEAR, from batch 1 <nil>
	// request batch: closed
}
