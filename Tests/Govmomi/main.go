// Govmomi drives content-library-server with govmomi's library API, as govc and the Terraform provider do, and compares bytes.
//
//	govmomi SERVER
//
// SERVER is the executable; it runs on a free port with data of its own, and ends with this program. The last line is
// "N passed, N failed". What the server does not have yet is detected, named, and must be what notImplemented lists.
package main

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"reflect"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
)

// What the server does not have yet.
var notImplemented = []string{}

const user, password = "govmomi", "a: secret"

// site is a server, and somebody who is logged in to it.
type site struct {
	*library.Manager
	rest    *rest.Client
	address *url.URL
	facts   facts
	library string
}

type facts struct {
	URL, Thumbprint string
}

// missing is what a case panics with when the server lacks something; failure is any other reason.
type missing string
type failure string

func fail(format string, arguments ...interface{}) {
	panic(failure(fmt.Sprintf(format, arguments...)))
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func equal(found, expected interface{}, what string) {
	if !reflect.DeepEqual(found, expected) {
		fail("%s is %v, not %v", what, found, expected)
	}
}

// refused checks that the server answered, and with this status or kind of error.
func refused(err error, with string) {
	if err == nil || !strings.Contains(err.Error(), with) {
		fail("expected %s, not %v", with, err)
	}
}

var background = context.Background()

var cases = []struct {
	name string
	run  func(*site)
}{
	{"a login is a session, until its logout", (*site).logIn},
	{"libraries are created, found and listed", (*site).libraries},
	{"a file is imported with its checksum, and exported", (*site).importAndExport},
	{"a file of another checksum is not imported", (*site).importOfOtherBytes},
	{"a file is replaced, another is added", (*site).update},
	{"names come back as they went", (*site).names},
	{"sessions are kept alive, listed, canceled, failed and deleted", (*site).sessions},
	{"items are found and listed", (*site).items},
	{"a file is pulled with its checksum", (*site).pull},
	{"a file of another checksum is not pulled", (*site).pullOfOtherBytes},
	{"an item is copied", (*site).copyItem},
	{"items and libraries are removed", (*site).remove},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: govmomi SERVER")
		os.Exit(2)
	}
	directory, err := os.MkdirTemp("", "govmomi-")
	if err == nil {
		defer os.RemoveAll(directory)
	}
	passed, failed, lacking := 0, 0, map[string]int{}
	func() {
		defer func() {
			if problem := recover(); problem != nil {
				fmt.Printf("FAILED the server: %v\n", problem)
				failed++
			}
		}()
		must(err)
		server, facts := start(os.Args[1], directory)
		defer func() {
			must(server.Process.Signal(syscall.SIGTERM))
			must(server.Wait())
		}()
		for _, one := range cases {
			switch problem := run(facts, one.run).(type) {
			case nil:
				passed++
			case missing:
				lacking[string(problem)]++
			default:
				fmt.Printf("FAILED %s\n    %v\n", one.name, problem)
				failed++
			}
		}
	}()
	found := []string{}
	for name, count := range lacking {
		found = append(found, name)
		fmt.Printf("NOT IMPLEMENTED %s: %d cases\n", name, count)
	}
	sort.Strings(found)
	if failed == 0 && !reflect.DeepEqual(found, notImplemented) {
		fmt.Printf("FAILED what is not implemented is %v; listed is %v\n", found, notImplemented)
		failed++
	} else {
		passed++
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		// The deferred removal does not run.
		os.RemoveAll(directory)
		os.Exit(1)
	}
}

func start(executable, directory string) (*exec.Cmd, facts) {
	ready := directory + "/ready.json"
	server := exec.Command(executable, "--data", directory+"/data", "--listen", "127.0.0.1:0", "--ready-file", ready, "--user", user+":"+password)
	server.Stderr = os.Stderr
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(server.Start())
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(ready)
		var facts facts
		if err == nil && json.Unmarshal(text, &facts) == nil {
			return server, facts
		}
		if time.Now().After(deadline) {
			fail("the server does not start")
		}
	}
}

// run gives a case a login and a library of its own; it returns what the case panicked with.
func run(facts facts, body func(*site)) (problem interface{}) {
	defer func() { problem = recover() }()
	site := connect(facts, password)
	id, err := site.CreateLibrary(background, library.Library{
		Name: "Library", Type: "LOCAL", Storage: []library.StorageBackings{{DatastoreID: "datastore-1", Type: "DATASTORE"}}})
	must(err)
	site.library = id
	body(site)
	must(site.rest.Logout(background))
	return nil
}

func connect(facts facts, password string) *site {
	address, err := url.Parse(facts.URL)
	must(err)
	transport := soap.NewClient(address, false)
	// The certificate is the server's own: this and nothing else makes it good.
	transport.SetThumbprint(address.Host, facts.Thumbprint)
	client := rest.NewClient(&vim25.Client{Client: transport})
	if err := client.Login(background, url.UserPassword(user, password)); err != nil {
		panic(err)
	}
	return &site{library.NewManager(client), client, address, facts, ""}
}

func (site *site) logIn() {
	func() {
		defer func() { refused(recover().(error), "401") }()
		connect(site.facts, "wrong")
	}()
	another := connect(site.facts, password)
	session, err := another.rest.Session(background)
	must(err)
	equal(session.User, user, "the user")
	must(another.rest.Logout(background))
	session, err = another.rest.Session(background)
	must(err)
	if session != nil {
		fail("the session outlives its logout: %v", session)
	}
	_, err = another.ListLibraries(background)
	refused(err, "401")
}

func (site *site) libraries() {
	found, err := site.GetLibraryByID(background, site.library)
	must(err)
	equal([]string{found.ID, found.Name, found.Type}, []string{site.library, "Library", "LOCAL"}, "the library")
	equal(found.Storage, []library.StorageBackings{{DatastoreID: "datastore-1", Type: "DATASTORE"}}, "the storage")
	ids, err := site.FindLibrary(background, library.Find{Name: "LIBRARY", Type: "LOCAL"})
	must(err)
	if !contains(ids, site.library) {
		fail("it is not among %v", ids)
	}
	all, err := site.GetLibraries(background)
	must(err)
	for _, one := range all {
		if one.ID == site.library {
			return
		}
	}
	fail("it is not listed")
}

func (site *site) importAndExport() {
	item := site.newItem("imported", "iso")
	content := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	sum := sha256.Sum256(content)
	session := site.open(item)
	file := library.UpdateFile{
		Name: "a.iso", SourceType: "PUSH", Size: int64(len(content)), Checksum: &library.Checksum{Algorithm: "SHA256", Checksum: hex.EncodeToString(sum[:])}}
	site.push(session, file, content)
	info, err := site.GetLibraryItemUpdateSessionFile(background, session, "a.iso")
	must(err)
	equal(info.Status, "READY", "the file's status")
	equal(info.BytesTransferred, int64(len(content)), "the number of bytes")
	site.complete(session)
	files, err := site.ListLibraryItemFiles(background, item)
	must(err)
	equal(len(files), 1, "the number of files")
	equal(*files[0].Size, int64(len(content)), "the size")
	equal(files[0].Checksum.Checksum, hex.EncodeToString(sum[:]), "the checksum")
	one, err := site.GetLibraryItemFile(background, item, "a.iso")
	must(err)
	equal(*one, files[0], "the file")
	equal(site.read(item, "a.iso"), content, "what is exported")
}

func (site *site) importOfOtherBytes() {
	item := site.newItem("other bytes", "iso")
	session := site.open(item)
	sum := sha1.Sum([]byte("abd"))
	file := library.UpdateFile{Name: "f", SourceType: "PUSH", Checksum: &library.Checksum{Algorithm: "SHA1", Checksum: hex.EncodeToString(sum[:])}}
	refused(site.tryToPush(session, file, []byte("abc")), "400")
	refused(site.CompleteLibraryItemUpdateSession(background, session), "update_session_file_not_received")
	must(site.CancelLibraryItemUpdateSession(background, session))
	equal(site.fileNames(item), []string{}, "what is published")
}

func (site *site) update() {
	item := site.newItem("updated", "other")
	site.publish(item, "kept", []byte("kept"))
	site.publish(item, "changed", []byte("old"))
	before, err := site.GetLibraryItem(background, item)
	must(err)
	session := site.open(item)
	site.push(session, library.UpdateFile{Name: "changed", SourceType: "PUSH"}, []byte("new"))
	site.push(session, library.UpdateFile{Name: "added", SourceType: "PUSH"}, []byte{})
	equal(site.read(item, "changed"), []byte("old"), "what is seen before the end")
	site.complete(session)
	equal(site.fileNames(item), []string{"added", "changed", "kept"}, "what is published")
	equal(site.read(item, "changed"), []byte("new"), "what was replaced")
	equal(site.read(item, "added"), []byte{}, "what was added")
	after, err := site.GetLibraryItem(background, item)
	must(err)
	if after.ContentVersion == before.ContentVersion {
		fail("the version of the content stays")
	}
}

func (site *site) names() {
	item := site.newItem("ISO#MSSQL STD 2012 SP2", "other")
	names := []string{"a b#c%20?.iso", "ü+&=;:@.bin", "日本語"}
	for _, name := range names {
		site.publish(item, name, []byte(name))
	}
	for _, name := range names {
		equal(site.read(item, name), []byte(name), "the content of "+name)
	}
	equal(len(site.fileNames(item)), len(names), "the number of files")
}

func (site *site) sessions() {
	item := site.newItem("sessions", "other")
	session := site.open(item)
	_, err := site.CreateLibraryItemUpdateSession(background, library.Session{LibraryItemID: item})
	refused(err, "400")
	must(site.KeepAliveLibraryItemUpdateSession(background, session))
	ids, err := site.ListLibraryItemUpdateSession(background)
	must(err)
	if !contains(ids, session) {
		fail("the session is not among %v", ids)
	}
	refused(site.DeleteLibraryItemUpdateSession(background, session), "400")
	must(site.CancelLibraryItemUpdateSession(background, session))
	found, err := site.GetLibraryItemUpdateSession(background, session)
	must(err)
	equal(found.State, "CANCELED", "the state")
	must(site.DeleteLibraryItemUpdateSession(background, session))
	_, err = site.GetLibraryItemUpdateSession(background, session)
	refused(err, "404")

	failing := site.open(item)
	// Without a body, and so without a reason.
	must(site.FailLibraryItemUpdateSession(background, failing))
	found, err = site.GetLibraryItemUpdateSession(background, failing)
	must(err)
	equal(found.State, "ERROR", "the state")
	must(site.DeleteLibraryItemUpdateSession(background, failing))

	reading, err := site.CreateLibraryItemDownloadSession(background, library.Session{LibraryItemID: item})
	must(err)
	must(site.KeepAliveLibraryItemDownloadSession(background, reading))
	must(site.FailLibraryItemDownloadSession(background, reading))
	found, err = site.GetLibraryItemDownloadSession(background, reading)
	must(err)
	equal(found.State, "ERROR", "the state of the download")
	must(site.DeleteLibraryItemDownloadSession(background, reading))
}

func (site *site) items() {
	one, two := site.newItem("One", "iso"), site.newItem("two", "ovf")
	ids, err := site.ListLibraryItems(background, site.library)
	must(err)
	sort.Strings(ids)
	both := []string{one, two}
	sort.Strings(both)
	equal(ids, both, "the list")
	all, err := site.GetLibraryItems(background, site.library)
	must(err)
	equal(len(all), 2, "the number of items")
	ids, err = site.FindLibraryItems(background, library.FindItem{LibraryID: site.library, Name: "ONE"})
	must(err)
	equal(ids, []string{one}, "what is found")
	found, err := site.GetLibraryItem(background, one)
	must(err)
	equal([]string{found.Name, found.Type, found.LibraryID}, []string{"One", "iso", site.library}, "the item")
	_, err = site.CreateLibraryItem(background, library.Item{Name: "one", LibraryID: site.library})
	refused(err, "duplicate_item_name_unsupported_in_library")
}

// source serves one content, and says how to trust it.
func source(content []byte) (*httptest.Server, string) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, request *http.Request) {
		http.ServeContent(out, request, "", time.Time{}, bytes.NewReader(content))
	}))
	return server, soap.ThumbprintSHA1(server.Certificate())
}

func (site *site) addPull(session, uri, thumbprint string, content []byte) {
	sum := sha256.Sum256(content)
	_, err := site.AddLibraryItemFile(background, session, library.UpdateFile{
		Name: "pulled", SourceType: "PULL", Size: int64(len(content)), Checksum: &library.Checksum{Algorithm: "SHA256", Checksum: hex.EncodeToString(sum[:])},
		SourceEndpoint: &library.TransferEndpoint{URI: uri, SSLCertificateThumbprint: thumbprint}})
	must(err)
}

func (site *site) wait(session string) error {
	return site.WaitOnLibraryItemUpdateSession(background, session, 20*time.Millisecond, func() {})
}

func (site *site) pull() {
	content := bytes.Repeat([]byte("pulled "), 100_000)
	server, thumbprint := source(content)
	defer server.Close()
	item := site.newItem("pulled", "other")
	session := site.open(item)
	site.addPull(session, server.URL+"/a%20b", thumbprint, content)
	must(site.CompleteLibraryItemUpdateSession(background, session))
	must(site.wait(session))
	equal(site.read(item, "pulled"), content, "what was pulled")

	// As govc import -pull does it: it asks for the length by itself.
	plain := httptest.NewServer(server.Config.Handler)
	defer plain.Close()
	item = site.newItem("pulled plainly", "other")
	session = site.open(item)
	_, err := site.AddLibraryItemFileFromURI(background, session, "f", plain.URL+"/f")
	must(err)
	must(site.wait(session))
	equal(site.read(item, "f"), content, "what was pulled plainly")
}

func (site *site) pullOfOtherBytes() {
	server, thumbprint := source([]byte("abc"))
	defer server.Close()
	for _, wrong := range []struct{ thumbprint, content string }{{thumbprint, "abd"}, {strings.Repeat("00:", 19) + "00", "abc"}} {
		item := site.newItem("wrong "+wrong.content, "other")
		session := site.open(item)
		site.addPull(session, server.URL, wrong.thumbprint, []byte(wrong.content))
		// It may be known by now, or not yet.
		if err := site.CompleteLibraryItemUpdateSession(background, session); err == nil && site.wait(session) == nil {
			fail("it was pulled")
		}
		equal(site.fileNames(item), []string{}, "what is published")
	}
}

func (site *site) copyItem() {
	item := site.newItem("original", "other")
	site.publish(item, "f", []byte("abc"))
	id, err := site.CopyLibraryItem(background, &library.Item{ID: item}, library.Item{Name: "copied", LibraryID: site.library})
	if err != nil && strings.Contains(err.Error(), "404") {
		panic(missing("copy"))
	}
	must(err)
	for deadline := time.Now().Add(30 * time.Second); len(site.fileNames(id)) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			fail("nothing is copied")
		}
	}
	equal(site.read(id, "f"), []byte("abc"), "what was copied")
}

func (site *site) remove() {
	item := site.newItem("removed", "other")
	site.publish(item, "f", []byte("abc"))
	must(site.DeleteLibraryItem(background, &library.Item{ID: item}))
	_, err := site.GetLibraryItem(background, item)
	refused(err, "404")
	must(site.DeleteLibrary(background, &library.Library{ID: site.library, Type: "LOCAL"}))
	_, err = site.GetLibraryByID(background, site.library)
	refused(err, "404")
}

func (site *site) newItem(name, kind string) string {
	id, err := site.CreateLibraryItem(background, library.Item{Name: name, Type: kind, LibraryID: site.library})
	must(err)
	return id
}

func (site *site) open(item string) string {
	session, err := site.CreateLibraryItemUpdateSession(background, library.Session{LibraryItemID: item})
	must(err)
	return session
}

func (site *site) tryToPush(session string, file library.UpdateFile, content []byte) error {
	info, err := site.AddLibraryItemFile(background, session, file)
	must(err)
	address, err := url.Parse(info.UploadEndpoint.URI)
	must(err)
	parameters := soap.DefaultUpload
	parameters.ContentLength = int64(len(content))
	return site.rest.Upload(background, bytes.NewReader(content), address, &parameters)
}

func (site *site) push(session string, file library.UpdateFile, content []byte) {
	must(site.tryToPush(session, file, content))
}

func (site *site) complete(session string) {
	must(site.CompleteLibraryItemUpdateSession(background, session))
	must(site.wait(session))
	must(site.DeleteLibraryItemUpdateSession(background, session))
}

func (site *site) publish(item, name string, content []byte) {
	session := site.open(item)
	site.push(session, library.UpdateFile{Name: name, SourceType: "PUSH", Size: int64(len(content))}, content)
	site.complete(session)
}

func (site *site) fileNames(item string) []string {
	files, err := site.ListLibraryItemFiles(background, item)
	must(err)
	names := []string{}
	for _, file := range files {
		names = append(names, file.Name)
	}
	sort.Strings(names)
	return names
}

// read exports a file, as govc does.
func (site *site) read(item, name string) []byte {
	session, err := site.CreateLibraryItemDownloadSession(background, library.Session{LibraryItemID: item})
	must(err)
	files, err := site.ListLibraryItemDownloadSessionFile(background, session)
	must(err)
	equal(len(files) > 0, true, "whether there are files")
	_, err = site.PrepareLibraryItemDownloadSessionFile(background, session, name)
	must(err)
	info, err := site.GetLibraryItemDownloadSessionFile(background, session, name)
	must(err)
	equal(info.Status, "PREPARED", "the file's status")
	address, err := url.Parse(info.DownloadEndpoint.URI)
	must(err)
	body, length, err := site.rest.Download(background, address, &soap.DefaultDownload)
	must(err)
	defer body.Close()
	content, err := io.ReadAll(body)
	must(err)
	equal(int64(len(content)), length, "the length")
	must(site.DeleteLibraryItemDownloadSession(background, session))
	return content
}

func contains(names []string, name string) bool {
	for _, one := range names {
		if one == name {
			return true
		}
	}
	return false
}
