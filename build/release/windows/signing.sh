# shellcheck shell=bash
# For test.sh: throw-away keys of one run, and signatures that must be refused.

# authorities DIR: in DIR a CA, another one, a key that the first vouches for (as
# PFX, PEM and in a PKCS#11 token), and a timestamp server of its own CA, which
# runs until its standard input, the descriptor in tsa_stop, is closed.
authorities() {
  local dir=$1 name
  mkdir -p "$dir"
  for name in ca other-ca tsa-ca; do
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Parley test $name" \
      -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$dir/$name.key" -out "$dir/$name.pem" 2>/dev/null
  done
  certificate "$dir" signer ca codeSigning
  certificate "$dir" tsa tsa-ca critical,timeStamping
  (umask 077 && echo 1234 >"$dir/password")
  openssl pkcs12 -export -inkey "$dir/signer.key" -in "$dir/signer.pem" -certfile "$dir/ca.pem" \
    -passout "file:$dir/password" -out "$dir/signer.pfx"
  echo 01 >"$dir/serial"
  cat >"$dir/tsa.cnf" <<EOF
[tsa]
default_tsa = test
[test]
serial = $dir/serial
signer_cert = $dir/tsa.pem
signer_key = $dir/tsa.key
certs = $dir/tsa-ca.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
EOF
  go build -o "$dir/tsa" ./build/release/windows/tsa
  coproc timestamps { "$dir/tsa" "$dir/tsa.cnf"; }
  # shellcheck disable=SC2034 # test.sh closes it
  exec {tsa_stop}>&"${timestamps[1]}"
  read -r PARLEY_SIGN_TIMESTAMP <&"${timestamps[0]}"
  export PARLEY_SIGN_TIMESTAMP PARLEY_SIGN_PASSWORD_FILE=$dir/password PARLEY_SIGN_PFX=$dir/signer.pfx PARLEY_SIGN_WAIT=1
}

# certificate DIR NAME CA USE: NAME.key, and NAME.pem that CA vouches for.
certificate() {
  openssl req -newkey rsa:2048 -nodes -subj "/CN=Parley test $2" -keyout "$1/$2.key" -out "$1/$2.csr" 2>/dev/null
  openssl x509 -req -in "$1/$2.csr" -CA "$1/$3.pem" -CAkey "$1/$3.key" -CAcreateserial -days 1 -out "$1/$2.pem" \
    -extfile <(printf 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n' "$4") 2>/dev/null
}

# tamper FILE OUT: FILE with a byte in its middle changed.
tamper() {
  cp "$1" "$2"
  harm "$2"
}

# signatures DIR UNSIGNED: signs the program UNSIGNED with the keys in DIR in all
# ways, and has verify.sh refuse what it should.
signatures() {
  local dir=$1 unsigned=$2 file=$1/signed.exe
  local sign=build/release/windows/sign.sh verify=build/release/windows/verify.sh
  local trust=("$dir/ca.pem" "$dir/tsa-ca.pem")
  cp "$unsigned" "$file"
  accepts "signing with a PFX" "$sign" "$file"
  accepts "... which verifies" "$verify" "$file" "${trust[@]}"
  accepts "... for a second verifier too" sbverify --cert "$dir/ca.pem" "$file"

  refuses "an unsigned file" "no signature found" "$verify" "$unsigned" "${trust[@]}"
  tamper "$file" "$dir/tampered.exe"
  refuses "one byte changed" "mismatch" "$verify" "$dir/tampered.exe" "${trust[@]}"
  refuses "... by the second one too" "verification failed" sbverify --cert "$dir/ca.pem" "$dir/tampered.exe"
  refuses "a signature of another CA" "certificate verify error\|unable to get local issuer" "$verify" "$file" "$dir/other-ca.pem" "$dir/tsa-ca.pem"
  refuses "a timestamp of another CA" "no timestamp that can be trusted\|does not hold" "$verify" "$file" "$dir/ca.pem" "$dir/other-ca.pem"
  rm -f "$dir/undated.exe"
  osslsigncode sign -pkcs12 "$PARLEY_SIGN_PFX" -readpass "$PARLEY_SIGN_PASSWORD_FILE" -h sha256 -in "$unsigned" -out "$dir/undated.exe" >/dev/null
  refuses "a signature without timestamp" "no timestamp that can be trusted" "$verify" "$dir/undated.exe" "${trust[@]}"

  cp "$unsigned" "$dir/refused.exe"
  refuses "signing without a timestamp server" "PARLEY_SIGN_TIMESTAMP" env -u PARLEY_SIGN_TIMESTAMP "$sign" "$dir/refused.exe"
  refuses "signing with a timestamp server that does not answer" "is not signed" \
    env PARLEY_SIGN_TIMESTAMP=http://127.0.0.1:9 "$sign" "$dir/refused.exe"
  if cmp -s "$unsigned" "$dir/refused.exe"; then pass "... leaves the file as it was"; else fail "... changed the file"; fi

  local module=/usr/lib/softhsm/libsofthsm2.so
  if ! command -v softhsm2-util >/dev/null || [ ! -f "$module" ]; then
    skip "signing with a PKCS#11 token: no softhsm2"
    return
  fi
  mkdir -p "$dir/tokens"
  echo "directories.tokendir = $dir/tokens" >"$dir/softhsm2.conf"
  export SOFTHSM2_CONF=$dir/softhsm2.conf
  softhsm2-util --init-token --free --label parley --so-pin 1234 --pin 1234 >/dev/null
  softhsm2-util --import "$dir/signer.key" --token parley --label parley --id 01 --pin 1234 >/dev/null
  cat "$dir/signer.pem" "$dir/ca.pem" >"$dir/chain.pem"
  cp "$unsigned" "$dir/token.exe"
  accepts "signing with a PKCS#11 token" env -u PARLEY_SIGN_PFX "PARLEY_SIGN_PKCS11=$module" \
    "PARLEY_SIGN_KEY=pkcs11:token=parley;object=parley;type=private" "PARLEY_SIGN_CERTS=$dir/chain.pem" "$sign" "$dir/token.exe"
  accepts "... which verifies" "$verify" "$dir/token.exe" "${trust[@]}"
}
