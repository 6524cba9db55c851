/// A manifest, certificates, and signatures of the one by the keys of the others; made with `openssl req` and `openssl dgst -sign -hex`.
enum SignedManifest {
    static let bytes = Array(
        """
        SHA256(p.ovf)= 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881

        """.utf8)

    /// RSA, 2048 bits, self-signed: `C=DE, O="Acme, Ltd.", CN=Appliances é`.
    static let rsa = """
        -----BEGIN CERTIFICATE-----
        MIIDVTCCAj2gAwIBAgIUC4Us20KPmqVOTd8p0d0L41qBEB4wDQYJKoZIhvcNAQEL
        BQAwOjELMAkGA1UEBhMCREUxEzARBgNVBAoMCkFjbWUsIEx0ZC4xFjAUBgNVBAMM
        DUFwcGxpYW5jZXMgw6kwHhcNMjYxMTI1MTg0NTA0WhcNMzYxMTIyMTg0NTA0WjA6
        MQswCQYDVQQGEwJERTETMBEGA1UECgwKQWNtZSwgTHRkLjEWMBQGA1UEAwwNQXBw
        bGlhbmNlcyDDqTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAL5cD8GF
        tnxCfs6eHIoj4iVUYI0mBU9gCHTrzaUeAzTidSBQnTMs/0Y32yVUHI31gE81cL7Z
        YOiL0rZb+41u85IgOblgnMSkRF+Z5k4q9wcRXgeCOIwt2DWE/o/EDTkXvlxYF/+u
        BJ3yayXfcCBIWL1SrQkvbQiOw1XJiz5Tqgj/qMbr9lBH1vurQR0L+TudimP2//nh
        gGc/NdQIqkxwlfuEiUvMkrARnNRxd9EMLv70sNoeQpT402jUwa9s9i+1pkctKfvy
        h3p/ILwhOYGHnKok+tJmiy4PWG3gB8QldO5HyGcVkMReVUDNm619dVJjsWA1zKHy
        rqr9depkw8l6WisCAwEAAaNTMFEwHQYDVR0OBBYEFNlYygeveohLdVL8R+9KyLLr
        X/SKMB8GA1UdIwQYMBaAFNlYygeveohLdVL8R+9KyLLrX/SKMA8GA1UdEwEB/wQF
        MAMBAf8wDQYJKoZIhvcNAQELBQADggEBAA/s9Tbs+ptEC8E5achELJbgKUFdBssp
        6fpvnVT/yVl/JA48KlOxwIQpsihaGGcwxv6J2YvBG9lVaJQkTL/IfrPYyflmdd9C
        EeLxvHsY+pBX/JgiMa4h/G4eJBm085ouE8Ky5B/IGgzH8klHIyqLw2mmXoYFe+sm
        lS8HwHfe9Zyvt3fazkMlpWyKXBA92w1kPxHK/37wVLemSWj1NIiO/g0inNrk0mtx
        AYJhYcj9RGdYIeM7I94Zn/AiVq2PrCMu8MmK50wW6cjT/UN3y+iZ2B6eeGYmMX1d
        s74o7KH4luIjNdZIiqxwyNaBTRK0YEKvR4SBbV1P3GGnwlQELIJ4FRo=
        -----END CERTIFICATE-----
        """
    /// Seconds since 1970.
    static let rsaDates: (notBefore: Int64, notAfter: Int64) = (1795632304, 2110992304)
    static let rsaSHA1 =
        "a1457561e0073f2c28e4cc6b25ad5ec37fbbc751e75fd85f31285edb4d5662997a811d1a168b20ff7194cde9ad6cb9b0e158fd50bd227d769394bcbd3fb98f27"
        + "53fb1ac8ac7b2266c6b407da980547a75880b3e882fe41cf52541a34ffa39b38ea3ef939758be71a16babd8afde0afbe17da3503cd6e11ddd64254047e55f5b3"
        + "f7a71f6ac52b64246759cfa01391e764a2a179dd3491316e7e34da7e9e9ead98e727ba11b185b414c527e1c5abf64354814ca5c31972feb4296872554e6c9aa5"
        + "661aa88ed91e3800410561f16627e0b4dc3efe745b74a26033cd99f9b961793361c038b230d9dbdf57b0e8f4500b0e0247a425188b81f0098295bbd8aa661ef0"
    static let rsaSHA256 =
        "b38ed8b5bf05548feed5845177698d5e6575c4cef8a5e77d2103fac70a00b4df513e8969785fe3a1868600baaf4757f436d9b4a9387c8fd2d8770f32276dc821"
        + "8e1414dcb6d65bf641a69f3a459a59d8e27413d6567fe5edb2bc5bc7de63d5c6d55e134f8178f49d9f38f453cb7281634623ad8a432278fc395c1f3f772a88ca"
        + "225ad57e663b15b097f8fde56be9681fa596e1bb711ce03d3d30a9201a3d024a87b3e1136765874464f12ce7e95c996da6f0dcc937102ec7e9326574b865b9e4"
        + "012c1b5057eb3275b581a75b1524164649eb16cf930c125bfdb253c3f1935dd898f1d6d6628fdae8c4d7c6f25e188d6d7e285f324daa37742f1337a21f0d45a5"
    static let rsaSHA512 =
        "a3eaad6ae79dc6f6009c4182b0678d66c0a5f8c9ca961234665b9ccbb5e378439674320348e2fdd1836f0c887679cf1bfbebfce607386148cc8280c0d1df2493"
        + "96926e27308361b5123a881dedb2248a456ba333b0327367b06ab2150e09ac460cbd6263ad145a5f303b9a55782327a4c4e71926aac2f412a801289687e0ddd5"
        + "8903cd81bbd21f9ee47ba10f9e81213c6b52fb24382c987bc2ddfa5c3bfe73f0a4b06cbbf5b5d6c4151ef7e1bf2f7c9d207db3d0c2569d8760282e113ed87c40"
        + "a029b52e49069da34491893145c2e652320389e82e2626471a6a8a770c51392f18f3fa9adec0b504f470d1d28c6ef9abd60ab97868a6b2962a781abb1039c355"

    /// P-256, `CN=Leaf`, signed by `root`.
    static let leaf = """
        -----BEGIN CERTIFICATE-----
        MIIBGTCBvwIUKdkD5q9R8oFBO1XpUd+Am/W7Gw0wCgYIKoZIzj0EAwIwDzENMAsG
        A1UEAwwEUm9vdDAeFw0yNjExMjUxODQ1MDRaFw0zNjExMjIxODQ1MDRaMA8xDTAL
        BgNVBAMMBExlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATx7houu6/YoPPZ
        EkwhNp8QoRYfL0V+WRVZxEiYIB8H6vT1a4hWmNx1RXzlAtNmo30Qiln8sk9PLDR7
        Vb9Qk0K1MAoGCCqGSM49BAMCA0kAMEYCIQCiamK1UHb/yX96EYcGihTqDU9DDYRa
        iatGZROOu62laQIhALi2FchSDjnoMLgETllcv79XUuTuoF200iHZm4yD/eii
        -----END CERTIFICATE-----
        """
    static let leafSHA256 =
        "3046022100fb2fa22b0827af2b7047ac86d8ba2cc1d285187f256a0bf6cda491ee1ae09e3d0221008d92195b3c3ec9734ac1c43d7ddf09a44279221c454d9a7e"
        + "201082df44a342b1"
    static let root = """
        -----BEGIN CERTIFICATE-----
        MIIBcjCCARmgAwIBAgIUXEhY2DwCJheF4CNZHt/qq9wJslAwCgYIKoZIzj0EAwIw
        DzENMAsGA1UEAwwEUm9vdDAeFw0yNjExMjUxODQ1MDRaFw0zNjExMjIxODQ1MDRa
        MA8xDTALBgNVBAMMBFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASpM3HX
        Mx7PPSkFdakDtAPP6tJEaHB6Cyx6+wBQWUp9PAkSm+oaK8sHPG2RMgnemN2la+pH
        6jrHgNTpOXVYlyrno1MwUTAdBgNVHQ4EFgQUrZfrWcOPFXSmuGenrJ91ieUuY2cw
        HwYDVR0jBBgwFoAUrZfrWcOPFXSmuGenrJ91ieUuY2cwDwYDVR0TAQH/BAUwAwEB
        /zAKBggqhkjOPQQDAgNHADBEAiBWqVpFdIeKHWFep1BwsG7vkes05R9N76G/qxiG
        abbgkAIgFw9CdnP5V4vYpnjEhX0LZ1jAxHdL1ciQZtZGX89mcQE=
        -----END CERTIFICATE-----
        """

    /// Named as `root` is, and signed by it, with another key in it.
    static let namesake = """
        -----BEGIN CERTIFICATE-----
        MIIBGTCBvwIUKdkD5q9R8oFBO1XpUd+Am/W7Gw4wCgYIKoZIzj0EAwIwDzENMAsG
        A1UEAwwEUm9vdDAeFw0yNjExMjUxODQ2MDZaFw0zNjExMjIxODQ2MDZaMA8xDTAL
        BgNVBAMMBFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATKWfTigMvkt8/i
        zjQZk3Lo+CQBZplLefP9YTZNp+bzeu6L40BzZl8n+gFQRfLAU10ZxSErL/buNypo
        mTZ6tUP1MAoGCCqGSM49BAMCA0kAMEYCIQDZUz1O/gZpArXJp+fNcc4fgSDvRWg8
        ZwZdsxyM8WYcHgIhAIjBgSpOSMtEowK0A44D+b1375XqrVz5lVzfaOJXQSgs
        -----END CERTIFICATE-----
        """

    /// Ed25519, whose signatures know no separate digest.
    static let edwards = """
        -----BEGIN CERTIFICATE-----
        MIIBLjCB4aADAgECAhRVVH3Piv0i2U3suwLK/2saojZSUDAFBgMrZXAwDTELMAkG
        A1UEAwwCRWQwHhcNMjYxMTI1MTg0NTA0WhcNMzYxMTIyMTg0NTA0WjANMQswCQYD
        VQQDDAJFZDAqMAUGAytlcAMhAKPjVNCN06lC0+sDCCqDIxSPPXzXMvbbUEpSB0R2
        bSBzo1MwUTAdBgNVHQ4EFgQUOZoJO7IK715bTUxSUsZnPrcEn6EwHwYDVR0jBBgw
        FoAUOZoJO7IK715bTUxSUsZnPrcEn6EwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
        QQBdnZQZgztrVhuEa47BOMDOxz4m4RMRZLq8orNP1fDA4AQua5gpf+lBqgv1uBq3
        8NI78+7q3Nchfj4PKrupAqMO
        -----END CERTIFICATE-----
        """
}
