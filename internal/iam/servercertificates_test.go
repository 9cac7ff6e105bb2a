package iam

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aratame/aratame/internal/shape/iamshape"
)

func upload(i *issued, t testing.TB, name string) *iamshape.UploadServerCertificateInput {
	return &iamshape.UploadServerCertificateInput{ServerCertificateName: name, CertificateBody: i.pem(), PrivateKey: i.keyPEM(t)}
}

func TestServerCertificateShows(t *testing.T) {
	x := newTest(t)
	root := issue(t, "root", newECKey(t), nil, authority)
	leaf := issue(t, "www.example.com", testRSAKey(), root, nil)
	in := upload(leaf, t, "www")
	in.Path, in.CertificateChain, in.Tags = ptr("/cloudfront/prod/"), ptr(root.pem()+"\n"), tags("team", "1", "Team", "2")
	out := do[iamshape.UploadServerCertificateOutput](x, "UploadServerCertificate", in)
	if id := *out.ServerCertificateMetadata.ServerCertificateId; !strings.HasPrefix(id, "ASCA") || len(id) != 21 {
		t.Errorf("id %s", id)
	}
	meta := iamshape.ServerCertificateMetadata{
		Arn: ptr("arn:aws:iam::123456789012:server-certificate/cloudfront/prod/www"), Path: ptr("/cloudfront/prod/"), ServerCertificateName: ptr("www"),
		ServerCertificateId: out.ServerCertificateMetadata.ServerCertificateId, UploadDate: &x.now, Expiration: ptr(certNow.AddDate(0, 6, 0)),
	}
	same(t, "upload", out, &iamshape.UploadServerCertificateOutput{ServerCertificateMetadata: &meta, Tags: tags("Team", "2", "team", "1")})
	get := func(name string) *iamshape.ServerCertificate {
		t.Helper()
		return do[iamshape.GetServerCertificateOutput](x, "GetServerCertificate", &iamshape.GetServerCertificateInput{ServerCertificateName: name}).ServerCertificate
	}
	same(t, "get", get("WWW"), &iamshape.ServerCertificate{
		ServerCertificateMetadata: &meta, CertificateBody: ptr(strings.TrimSpace(leaf.pem())), CertificateChain: ptr(strings.TrimSpace(root.pem())),
		Tags: tags("Team", "2", "team", "1"),
	})
	same(t, "list", do[iamshape.ListServerCertificatesOutput](x, "ListServerCertificates", &iamshape.ListServerCertificatesInput{PathPrefix: ptr("/cloudfront")}),
		&iamshape.ListServerCertificatesOutput{ServerCertificateMetadataList: []iamshape.ServerCertificateMetadata{meta}, IsTruncated: ptr(false)})
	same(t, "list elsewhere", do[iamshape.ListServerCertificatesOutput](x, "ListServerCertificates", &iamshape.ListServerCertificatesInput{PathPrefix: ptr("/x")}),
		&iamshape.ListServerCertificatesOutput{ServerCertificateMetadataList: []iamshape.ServerCertificateMetadata{}, IsTruncated: ptr(false)})

	// The key is kept sealed, for this certificate alone.
	kept := x.view.ServerCertificate("www")
	opened, err := x.svc.Secrets.Open(serverCertificateLabel(testAccount, kept.ID), kept.Key)
	if err != nil || string(opened)+"\n" != in.PrivateKey {
		t.Errorf("the kept key opens as another: %v", err)
	}
	if _, err := x.svc.Secrets.Open(serverCertificateLabel(testAccount, "ASCAOTHER"), kept.Key); err == nil {
		t.Error("the key opens for another certificate")
	}
	secret := []byte(strings.Split(in.PrivateKey, "\n")[3])
	for key, data := range x.records {
		if bytes.Contains(data, secret) {
			t.Errorf("record %s holds the private key", key)
		}
	}

	x.must("UntagServerCertificate", &iamshape.UntagServerCertificateInput{ServerCertificateName: "www", TagKeys: []string{"Team", "none"}})
	same(t, "after untag", get("www").Tags, tags("team", "1"))
	x.must("UpdateServerCertificate", &iamshape.UpdateServerCertificateInput{ServerCertificateName: "WWW"})
	same(t, "after an update of nothing", get("www").Tags, tags("team", "1"))
	x.must("UpdateServerCertificate", &iamshape.UpdateServerCertificateInput{ServerCertificateName: "www", NewServerCertificateName: ptr("WWW")})
	x.must("UpdateServerCertificate", &iamshape.UpdateServerCertificateInput{ServerCertificateName: "www", NewServerCertificateName: ptr("new"), NewPath: ptr("/n/")})
	meta.Arn, meta.Path, meta.ServerCertificateName = ptr("arn:aws:iam::123456789012:server-certificate/n/new"), ptr("/n/"), ptr("new")
	same(t, "renamed", get("new").ServerCertificateMetadata, &meta)
	same(t, "renamed", get("new").Tags, tags("team", "1"))
	x.fails("GetServerCertificate", &iamshape.GetServerCertificateInput{ServerCertificateName: "www"}, "NoSuchEntity", "The Server Certificate with name www cannot be found.")
	x.must("DeleteServerCertificate", &iamshape.DeleteServerCertificateInput{ServerCertificateName: "NEW"})

	plain := do[iamshape.UploadServerCertificateOutput](x, "UploadServerCertificate", upload(leaf, t, "plain"))
	if plain.Tags != nil || *plain.ServerCertificateMetadata.Arn != "arn:aws:iam::123456789012:server-certificate/plain" {
		t.Errorf("plain: %v %s", plain.Tags, *plain.ServerCertificateMetadata.Arn)
	}
	if got := get("plain"); got.CertificateChain != nil || got.Tags == nil {
		t.Errorf("plain: chain %v, tags %v", got.CertificateChain, got.Tags)
	}
}

func TestServerCertificateRefuses(t *testing.T) {
	x := newTest(t)
	x.svc.Quotas.ServerCertificates = 2
	a := issue(t, "a", newECKey(t), nil, nil)
	x.must("UploadServerCertificate", upload(a, t, "a"))
	x.fails("UploadServerCertificate", upload(a, t, "A"), "EntityAlreadyExists", "The Server Certificate with name A already exists.")
	bad := upload(a, t, "A")
	bad.CertificateBody = "bad"
	x.fails("UploadServerCertificate", bad, "MalformedCertificate", "Unable to parse certificate. Please ensure the certificate is in PEM format.")
	tagged := upload(a, t, "b")
	tagged.Tags = tags("a", "1", "a", "2")
	x.fails("UploadServerCertificate", tagged, "InvalidInput", "Duplicate tag keys found.")
	x.must("UploadServerCertificate", upload(a, t, "b"))
	x.fails("UploadServerCertificate", upload(a, t, "c"), "LimitExceeded", "Cannot exceed quota for ServerCertificatesPerAccount: 2")
	x.fails("UpdateServerCertificate", &iamshape.UpdateServerCertificateInput{ServerCertificateName: "a", NewServerCertificateName: ptr("B")},
		"EntityAlreadyExists", "The Server Certificate with name B already exists.")
	const gone = "The Server Certificate with name none cannot be found."
	for op, in := range map[string]any{
		"GetServerCertificate":      &iamshape.GetServerCertificateInput{ServerCertificateName: "none"},
		"UpdateServerCertificate":   &iamshape.UpdateServerCertificateInput{ServerCertificateName: "none"},
		"DeleteServerCertificate":   &iamshape.DeleteServerCertificateInput{ServerCertificateName: "none"},
		"TagServerCertificate":      &iamshape.TagServerCertificateInput{ServerCertificateName: "none", Tags: tags("a", "b")},
		"UntagServerCertificate":    &iamshape.UntagServerCertificateInput{ServerCertificateName: "none", TagKeys: []string{"a"}},
		"ListServerCertificateTags": &iamshape.ListServerCertificateTagsInput{ServerCertificateName: "none"},
	} {
		x.fails(op, in, "NoSuchEntity", gone)
	}
	x.fails("TagServerCertificate", &iamshape.TagServerCertificateInput{ServerCertificateName: "a", Tags: []iamshape.Tag{}}, "InvalidInput", "The provided tag map must not be null/empty.")
	x.fails("UntagServerCertificate", &iamshape.UntagServerCertificateInput{ServerCertificateName: "a", TagKeys: []string{}}, "InvalidInput", "The provided tag keys must not be null/empty.")
	x.must("TagServerCertificate", &iamshape.TagServerCertificateInput{ServerCertificateName: "a", Tags: manyTags("k", 50)})
	x.fails("TagServerCertificate", &iamshape.TagServerCertificateInput{ServerCertificateName: "a", Tags: tags("one", "more")}, "LimitExceeded", "The number of tags has reached the maximum limit.")
}

func TestServerCertificateTargets(t *testing.T) {
	x := newTest(t)
	const arn = "arn:aws:iam::123456789012:server-certificate"
	a := issue(t, "a", newECKey(t), nil, nil)
	in := upload(a, t, "Www")
	in.Path, in.Tags = ptr("/p/"), tags("k", "v")
	got := x.target("UploadServerCertificate", in)
	if got.Resource != arn+"/p/Www" || len(got.Also) != 1 || got.Also[0].Action != "iam:TagServerCertificate" || got.Also[0].Resource != arn+"/p/Www" {
		t.Errorf("upload: %+v", got)
	}
	if r := x.target("GetServerCertificate", &iamshape.GetServerCertificateInput{ServerCertificateName: "www"}).Resource; r != arn+"/www" {
		t.Errorf("before it is there: %s", r)
	}
	x.must("UploadServerCertificate", in)
	whole := x.wholeTarget("GetServerCertificate", &iamshape.GetServerCertificateInput{ServerCertificateName: "www"})
	if whole.Resource != arn+"/p/Www" || whole.Shown != "server certificate www" || len(whole.Tags) != 1 {
		t.Errorf("get: %+v", whole)
	}
	moved := x.target("UpdateServerCertificate", &iamshape.UpdateServerCertificateInput{ServerCertificateName: "www", NewPath: ptr("/q/"), NewServerCertificateName: ptr("x")})
	if moved.Resource != arn+"/p/Www" || len(moved.Also) != 1 || moved.Also[0].Resource != arn+"/q/x" || moved.Also[0].Action != "iam:UpdateServerCertificate" {
		t.Errorf("update: %+v", moved)
	}
	if still := x.target("UpdateServerCertificate", &iamshape.UpdateServerCertificateInput{ServerCertificateName: "www"}); len(still.Also) != 0 {
		t.Errorf("an update of nothing: %+v", still)
	}
	if r := x.target("ListServerCertificates", &iamshape.ListServerCertificatesInput{}).Resource; r != "*" {
		t.Errorf("list: %s", r)
	}
	if got := x.target("TagServerCertificate", &iamshape.TagServerCertificateInput{ServerCertificateName: "www", Tags: tags("a", "b")}); len(got.RequestTags) != 1 {
		t.Errorf("tag: %+v", got)
	}
	if got := x.target("UntagServerCertificate", &iamshape.UntagServerCertificateInput{ServerCertificateName: "www", TagKeys: []string{"a"}}); len(got.TagKeys) != 1 {
		t.Errorf("untag: %+v", got)
	}
}

func TestServerCertificatePages(t *testing.T) {
	x := newTest(t)
	a := issue(t, "a", newECKey(t), nil, nil)
	for _, name := range []string{"b", "C", "a"} {
		x.must("UploadServerCertificate", upload(a, t, name))
	}
	var names []string
	in := &iamshape.ListServerCertificatesInput{MaxItems: ptr(int32(1))}
	for {
		out := do[iamshape.ListServerCertificatesOutput](x, "ListServerCertificates", in)
		for _, m := range out.ServerCertificateMetadataList {
			names = append(names, *m.ServerCertificateName)
		}
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
	}
	same(t, "names", names, []string{"a", "b", "C"})
}
