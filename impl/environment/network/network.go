// Package network is a datagram network: what a node sees of it, and the real
// one, which is UDP. The package networktest has others for tests.
//
// It promises what UDP promises: a datagram arrives whole or not at all. It
// may be lost, arrive twice, late, and in another order than it was sent.
package network

import "errors"

// MaxDatagram is the size of the largest datagram, in bytes: what fits into
// one UDP packet over IPv4.
const MaxDatagram = 65507

var (
	// ErrClosed is what an endpoint returns after its Close.
	ErrClosed = errors.New("network: the endpoint is closed")
	// ErrTooLarge means that a datagram has more than MaxDatagram bytes.
	ErrTooLarge = errors.New("network: the datagram is too large")
	// ErrAddress means that the receiver's name is not one of this network:
	// for UDP, not an IP address with a port.
	ErrAddress = errors.New("network: no such address")
)

// Endpoint is one node's end of a network. Its methods may be called from any
// goroutine. Errors match the sentinels of this package.
type Endpoint interface {
	// Name is what the others send to: for UDP the IP address with the port.
	Name() string
	// Send sends a datagram and keeps nothing of it. It does not wait for the
	// receiver, and nil does not mean that there is one.
	Send(to string, datagram []byte) error
	// Receive waits for the next datagram, which belongs to the caller. It
	// returns ErrClosed once the endpoint is closed.
	Receive() (from string, datagram []byte, err error)
	// Close closes the endpoint and ends every Receive.
	Close() error
}
