package main

// subjects take turns in this order; the first is compared with the others.
var subjects = []subject{lockstepSubject, etcdSubject, tidwallSubject, plainSubject}
