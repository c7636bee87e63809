package networktest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
)

// Memory is a network within the process. It loses only what is sent to a
// name without an endpoint, or to a full inbox.
type Memory struct {
	mu    sync.Mutex
	nodes map[string]*memoryEndpoint
}

// ErrTaken means that there is an endpoint of that name already.
var ErrTaken = errors.New("networktest: the address is taken")

// inbox is how many datagrams an endpoint holds that were not received yet.
const inbox = 4096

// NewMemory returns a network without endpoints.
func NewMemory() *Memory { return &Memory{nodes: map[string]*memoryEndpoint{}} }

// Listen returns the endpoint of that name. A name is free again once its
// endpoint is closed.
func (m *Memory) Listen(name string) (network.Endpoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.nodes[name] != nil {
		return nil, fmt.Errorf("%w: %s", ErrTaken, name)
	}
	e := &memoryEndpoint{memory: m, name: name, inbox: make(chan datagram, inbox), closed: make(chan struct{})}
	m.nodes[name] = e
	return e, nil
}

type datagram struct {
	from  string
	bytes []byte
}

type memoryEndpoint struct {
	memory *Memory
	name   string
	inbox  chan datagram
	once   sync.Once
	closed chan struct{}
}

func (e *memoryEndpoint) Name() string { return e.name }

func (e *memoryEndpoint) Send(to string, bytes []byte) error {
	if len(bytes) > network.MaxDatagram {
		return fmt.Errorf("%w: %d bytes", network.ErrTooLarge, len(bytes))
	}
	select {
	case <-e.closed:
		return network.ErrClosed
	default:
	}
	e.memory.mu.Lock()
	receiver := e.memory.nodes[to]
	e.memory.mu.Unlock()
	if receiver != nil {
		select {
		case receiver.inbox <- datagram{e.name, slices.Clone(bytes)}:
		default: // full: it is lost
		}
	}
	return nil
}

func (e *memoryEndpoint) Receive() (string, []byte, error) {
	select {
	case <-e.closed: // whatever else has arrived
		return "", nil, network.ErrClosed
	default:
	}
	select {
	case d := <-e.inbox:
		return d.from, d.bytes, nil
	case <-e.closed:
		return "", nil, network.ErrClosed
	}
}

func (e *memoryEndpoint) Close() error {
	e.once.Do(func() {
		close(e.closed)
		e.memory.mu.Lock()
		defer e.memory.mu.Unlock()
		delete(e.memory.nodes, e.name)
	})
	return nil
}
