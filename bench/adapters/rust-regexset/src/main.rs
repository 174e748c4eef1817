// SPDX-License-Identifier: Apache-2.0
// Reads a file, asks a RegexSet which of 40 patterns stand in each line, and replaces those.
use regex::bytes::{Regex, RegexSet};
use std::io::{BufWriter, Write};

const WORDS: [&str; 32] = [
    "aio_", "bkt_", "clt_", "dpl_", "evt_", "fbr_", "gst_", "hzn_", "inv_", "jbt_", "klm_", "lnk_", "mrk_", "nfy_",
    "opt_", "pxl_", "qrt_", "rnd_", "srv_", "tkn_", "usr_", "vlt_", "wrk_", "xpr_", "ylw_", "zon_", "acc_", "bld_",
    "cfg_", "dev_", "enc_", "fin_",
];

fn main() {
    let mut patterns: Vec<String> = vec![
        r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b".into(),
        r"\b(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b".into(),
        r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\.[A-Za-z]{2,24}\b".into(),
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}".into(),
        r"\b[0-9](?:[ -]?[0-9]){12,18}\b".into(),
        r"(?i)\b(?:password|passwd|pwd|secret|token)[=:][^\s&,;]{4,}".into(),
        r"(?i)\bauthorization: [a-z]+ [A-Za-z0-9+/=._-]{8,}".into(),
        r"://[^/\s:@]+:[^/\s:@]+@".into(),
    ];
    patterns.extend(WORDS.iter().map(|w| format!(r"\b{w}[A-Za-z0-9]{{20,64}}\b")));
    let set = RegexSet::new(&patterns).unwrap();
    let each: Vec<Regex> = patterns.iter().map(|p| Regex::new(p).unwrap()).collect();
    let text = std::fs::read(std::env::args().nth(1).unwrap()).unwrap();
    let mut out = BufWriter::with_capacity(1 << 18, std::io::stdout().lock());
    for line in text.split_inclusive(|b| *b == b'\n') {
        let found = set.matches(line);
        if !found.matched_any() {
            out.write_all(line).unwrap();
            continue;
        }
        let mut now = line.to_vec();
        for i in found.iter() {
            now = each[i].replace_all(&now, &b"[REDACTED]"[..]).into_owned();
        }
        out.write_all(&now).unwrap();
    }
}
