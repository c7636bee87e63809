package network

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// ListenUDP returns an endpoint on a real socket. The address is an IP address
// with a port, such as "127.0.0.1:0"; port 0 is one that is free.
func ListenUDP(address string) (Endpoint, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrAddress, address, err)
	}
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, fmt.Errorf("network: listen on %s: %w", address, err)
	}
	return &udpEndpoint{socket: socket, name: socket.LocalAddr().String()}, nil
}

type udpEndpoint struct {
	socket *net.UDPConn
	name   string
}

func (e *udpEndpoint) Name() string { return e.name }

func (e *udpEndpoint) Send(to string, datagram []byte) error {
	if len(datagram) > MaxDatagram {
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(datagram))
	}
	address, err := netip.ParseAddrPort(to)
	if err != nil {
		return fmt.Errorf("%w: %q: %w", ErrAddress, to, err)
	}
	_, err = e.socket.WriteToUDPAddrPort(datagram, address)
	return closedOr(err)
}

// buffers are for receiving into: only then is it known how much has come.
var buffers = sync.Pool{New: func() any { return new([MaxDatagram]byte) }}

func (e *udpEndpoint) Receive() (string, []byte, error) {
	buffer := buffers.Get().(*[MaxDatagram]byte)
	defer buffers.Put(buffer)
	n, from, err := e.socket.ReadFromUDPAddrPort(buffer[:])
	if err != nil {
		return "", nil, closedOr(err)
	}
	name := netip.AddrPortFrom(from.Addr().Unmap(), from.Port()).String()
	return name, bytes.Clone(buffer[:n]), nil
}

func (e *udpEndpoint) Close() error {
	if err := closedOr(e.socket.Close()); err != ErrClosed {
		return err
	}
	return nil // a second time
}

func closedOr(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, net.ErrClosed):
		return ErrClosed
	}
	return fmt.Errorf("network: %w", err)
}
