// Simulator runs the vAPI half of VMware's vcsim (govmomi), on a free port of the loopback, until SIGTERM or SIGINT.
//
//	vcsim -ready FILE [-tls] [-tied]
//
// FILE appears, complete, once it accepts connections: a JSON object with url, user, password, pid, datastore
// (the id of a datastore that can back a library) and, with -tls, thumbprint (SHA-1 of the certificate).
// With -tied it also ends when its standard input does, so that it cannot outlive the process that holds the pipe.
package main

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
)

func main() {
	ready := flag.String("ready", "", "file to write once connections are accepted")
	secure := flag.Bool("tls", false, "serve https with the certificate of Go's httptest")
	tied := flag.Bool("tied", false, "end when standard input ends")
	flag.Parse()
	if *ready == "" || flag.NArg() != 0 {
		flag.Usage()
		os.Exit(2)
	}
	stop := make(chan os.Signal, 2)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)

	model := simulator.VPX()
	must(model.Create())
	defer model.Remove()
	model.Service.RegisterEndpoints = true
	if *secure {
		model.Service.TLS = new(tls.Config)
	}
	server := model.Service.NewServer()
	defer server.Close()

	password, _ := server.URL.User.Password()
	facts := map[string]interface{}{
		"url":       server.URL.Scheme + "://" + server.URL.Host,
		"user":      server.URL.User.Username(),
		"password":  password,
		"pid":       os.Getpid(),
		"datastore": simulator.Map.Any("Datastore").Reference().Value,
	}
	if *secure {
		facts["thumbprint"] = soap.ThumbprintSHA1(server.Certificate())
	}
	text, err := json.Marshal(facts)
	must(err)
	must(os.WriteFile(*ready+".new", append(text, '\n'), 0o600))
	must(os.Rename(*ready+".new", *ready))
	defer os.Remove(*ready)

	if *tied {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop <- syscall.SIGTERM
		}()
	}
	<-stop
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
