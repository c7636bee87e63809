package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/rpc"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
)

const loopback = "127.0.0.1:0"

// channel is Lockstep's.
type channel struct {
	server, client *ssc.Node
	*ssc.Channel
}

func openChannel() (end, error) {
	server, err := ssc.Listen("server", loopback, func(_ context.Context, _ string, request []byte) ([]byte, error) {
		return request, nil
	}, ssc.Options{})
	if err != nil {
		return nil, err
	}
	client, err := ssc.Listen("client", "", nil, ssc.Options{})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	c := &channel{server: server, client: client}
	if c.Channel, err = client.Peer("server", server.Addr().String()); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *channel) ask(ctx context.Context, message []byte) ([]byte, error) {
	return c.Request(ctx, message)
}

func (c *channel) close() error { return errors.Join(c.client.Close(), c.server.Close()) }

// called is net/rpc's.
type called struct {
	listener net.Listener
	client   *rpc.Client
	serving  sync.WaitGroup
}

// Echo is the service that is called.
type Echo struct{}

// Say answers with what it was asked.
func (Echo) Say(request []byte, answer *[]byte) error {
	*answer = request
	return nil
}

func openRPC() (end, error) {
	server := rpc.NewServer()
	if err := server.Register(Echo{}); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", loopback)
	if err != nil {
		return nil, err
	}
	c := &called{listener: listener}
	c.serving.Go(func() {
		if conn, err := listener.Accept(); err == nil {
			server.ServeConn(conn)
		}
	})
	conn, err := dial(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	c.client = rpc.NewClient(conn)
	return c, nil
}

func (c *called) ask(_ context.Context, message []byte) (answer []byte, err error) {
	err = c.client.Call("Echo.Say", message, &answer)
	return answer, err
}

func (c *called) close() error {
	err := errors.Join(c.client.Close(), c.listener.Close())
	c.serving.Wait()
	return err
}

// stream is gRPC's.
type stream struct {
	server *grpc.Server
	conn   *grpc.ClientConn
	grpc.ClientStream
	queue
	working sync.WaitGroup
}

// asItIs is a codec for messages that are bytes already.
type asItIs struct{}

func (asItIs) Marshal(v any) ([]byte, error) {
	if m, ok := v.(*[]byte); ok {
		return *m, nil
	}
	return nil, fmt.Errorf("%T is no message", v)
}

func (asItIs) Unmarshal(data []byte, v any) error {
	m, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("%T is no message", v)
	}
	*m = data
	return nil
}

func (asItIs) Name() string { return "bytes" }

var both = grpc.StreamDesc{StreamName: "Say", ServerStreams: true, ClientStreams: true, Handler: func(_ any, s grpc.ServerStream) error {
	for {
		var message []byte
		if err := s.RecvMsg(&message); err != nil {
			return err
		}
		if err := s.SendMsg(&message); err != nil {
			return err
		}
	}
}}

func openStream() (end, error) {
	listener, err := net.Listen("tcp", loopback)
	if err != nil {
		return nil, err
	}
	s := &stream{server: grpc.NewServer(grpc.ForceServerCodec(asItIs{}))}
	s.server.RegisterService(&grpc.ServiceDesc{ServiceName: "Echo", HandlerType: (*any)(nil), Streams: []grpc.StreamDesc{both}}, nil)
	s.working.Go(func() { _ = s.server.Serve(listener) })
	if s.conn, err = grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(_ context.Context, addr string) (net.Conn, error) { return dial(addr) })); err != nil {
		s.server.Stop()
		return nil, err
	}
	s.ClientStream, err = s.conn.NewStream(context.Background(), &both, "/Echo/Say", grpc.ForceCodec(asItIs{}))
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.working.Go(func() {
		s.serve(func() (message []byte, err error) {
			err = s.RecvMsg(&message)
			return message, err
		})
	})
	return s, nil
}

func (s *stream) ask(_ context.Context, message []byte) ([]byte, error) {
	return s.join(func() error { return s.SendMsg(&message) })
}

func (s *stream) close() error {
	err := s.conn.Close()
	s.server.Stop()
	s.working.Wait()
	return err
}
