package totp

import (
	"bytes"
	"encoding/base32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net/url"

	"github.com/pquerna/otp"

	"github.com/aratame/aratame/internal/seal"
)

// SeedLabel names the sealed seed of a device of the account.
func SeedLabel(account, device string) seal.Label {
	return seal.Label{Account: account, Kind: "mfa-seed", Name: device}
}

const seedLen = 40 // bytes: 64 characters of base32, as AWS's are

// NewSeed draws a seed, in base32 without padding.
func NewSeed(rand io.Reader) (string, error) {
	b := make([]byte, seedLen)
	if _, err := io.ReadFull(rand, b); err != nil {
		return "", err
	}
	return base32.StdEncoding.EncodeToString(b), nil
}

// issuer is who an app shows as the maker of the codes; clients of AWS's API
// expect its name.
const issuer = "Amazon Web Services"

// URI is what apps are set up with: otpauth://totp/ISSUER:DEVICE@ACCOUNT?…
// account is the account's alias or number.
func URI(seed, device, account string) string {
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(device+"@"+account) +
		"?secret=" + seed + "&issuer=" + url.PathEscape(issuer)
}

// Sizes of the QR code, in pixels. What surrounds the code must stay white for
// cameras to find it.
const (
	codeSize = 248
	quiet    = 24
)

// PNG is the QR code of a URI.
func PNG(uri string) ([]byte, error) {
	key, err := otp.NewKeyFromURL(uri)
	if err != nil {
		return nil, err
	}
	code, err := key.Image(codeSize, codeSize)
	if err != nil {
		return nil, err
	}
	canvas := image.NewPaletted(image.Rect(0, 0, codeSize+2*quiet, codeSize+2*quiet), color.Palette{color.White, color.Black})
	draw.Draw(canvas, image.Rect(quiet, quiet, quiet+codeSize, quiet+codeSize), code, code.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
