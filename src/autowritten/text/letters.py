"""Look-alikes of Latin letters and the marks of alphabets. Made by `python -m training.letters`: do not edit."""

# Letter -> the ASCII letter it looks like, in the order of Unicode. Copyright 1991-2020 Unicode, Inc.,
# Unicode licence: https://www.unicode.org/license.txt
CONFUSABLES = "13.0.0"
"""The version of Unicode's confusables.txt."""
TO_LATIN = dict(
    zip(
        "ɑɡͿΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγινορσυϒϜϱϲϳϹϺЅІЈАВЕКМНОРСТУХЬаг"
        "еорсухѕіјѡѴѵҮүһҽӀӏԁԌԛԜԝՍՏՕագզհոռսցքօଠഠყჿሀዐᎠᎡᎢᎥᎩᎪᎫᎬ"
        "ᎳᎷᎻᎽᏀᏂᏃᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏳᏴᏻᏼᐯᑌᑭᑯᑲᒍᒪᕁᕼᕽᖇᖯᖴᗅᗞᗪᗰᗷᚷᛁᛕᛖᴑᴦᶃᶌẝỿ"
        "ⲅⲎⲒⲔⲘⲚⲞⲟⲢⲣⲤⲥⲦⲨⲬⳐⴸⴹⵏⵔⵕⵝꓐꓑꓒꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴꙇꛟ"
        "ꞘꞙꞟꞳꞴꬲꬵꬽꭇꭈꭎꭒꭚꭰꭱꭲꭵꭺꭻꭼꮁꮃꮋꮐꮓꮢꮩꮪꮮꮯꮲ𐊂𐊆𐊇𐊊𐊐𐊒𐊕𐊖𐊗𐊠𐊡𐊢𐊥𐊫𐊰𐊱𐊲𐊴𐋏"
        "𐌁𐌂𐌉𐌑𐌕𐌗𐐄𐐕𐐛𐐠𐐬𐐽𐑈𐒴𐓂𐓎𐓪𐓶𐔓𐔖𐔘𐔜𐔝𐔥𐔦𐔧𑜆𑜊𑜎𑜏𑢠𑢢𑢣𑢤𑢦𑢩𑢮𑢲𑢵𑢸𑢼𑣀𑣁𑣂𑣃𑣄𑣈𑣗𑣘𑣜"
        "𖼈𖼊𖼖𖼨𖼵𖼺𖽀𖽂𖽃",
        "agJABEZHIKMNOPTYXayivopouYFpcjCMSIJABEKMHOPCTYXbar"
        "eopcyxsijwVvYyheIidGqWwUSOwqqhnnugfoOoyoUODRTiYAJE"
        "WMHYGhZbRWSVSLCPKdGBgbVUPdbJLxHxRbFADDMBXlKMorgyfy"
        "rHIKMNOoPpCcTYXLVElOQXBPdDTGKJCZFMNLSRVHWXYAElOUiV"
        "FfuXBeforruuydrtiajerwhgzrvslcpBEFlXOPSTABCFOMTYXH"
        "BClMTXOCLSocsROUouNOKCVFLXvwwwVFLYEZELOUTvsFizoouy"
        "VTLlRSAUY",
        strict=True,
    )
)
"""Letter -> the ASCII letter it looks like."""

MARKED = {
    "\u0300": "abeilmnorsuwyæøıŋœǝɐɑɔəɛɤɨɩɯɲʉʊʋʌαεηιουωаеиоруъыэюяєії",
    "\u0301": "abceijklmnoprsuwyzæøıŋœǝɐɑɔəɛɤɨɩɯɲʉʊʋʌαεηιουωагезикорсуыэюяєіїәԑ",
    "\u0302": "aceghijmnorsuwyzæøŋœǝɐɑɔəɛɤɨɩɯʉʊʋʌаеиоу",
    "\u0303": "aeghijlmnoruvwyøǝɔɛɨɩɪʉʊʋꞷ",
    "\u0304": "aegilmnoruvwyzæŋœǝɑɔəɛɤɨɩɯʉʊʌαιυаеиоруыэюяєіїә",
    "\u0306": "aegiouαιυаежиоуюяө",
    "\u0307": "abcdefghijmnopstxz",
    "\u0308": "aeghinouwxyŋɔəɛɨʉʋιυаежзиоучыэіәө",
    "\u0309": "aeiouy",
    "\u030a": "aeou",
    "\u030b": "aeiouæøœɛɤɯʌу",
    "\u030c": "acdeghijklmnoprstuxzæøœǝɑɔəɛɨɩʉʊʋʒ",
    "\u030d": "aeiouŋɔɛ",
    "\u030f": "aeiouæœɛɤɯʌаеиоруыэюяєіїѵ",
    "\u0311": "rаеиоруыэюяєії",
    "\u0313": "achiklmnpqtuwyƛȼʕαεηιορυω",
    "\u0314": "αεηιορυω",
    "\u031b": "ou",
    "\u0323": "abcdefghijklmnorstuvwxyzđ",
    "\u0324": "adehiotuwz",
    "\u0325": "lmnr",
    "\u0326": "stz",
    "\u0327": "acdegiklmnorstuzɔəɛɨ",
    "\u0328": "aeiouyıɔəɛ",
    "\u0329": "eos",
    "\u032d": "dlnt",
    "\u032e": "h",
    "\u032f": "bdt",
    "\u0330": "aeinouǝɔəɛ",
    "\u0331": "abcdeghiklnoprtuvwxzɔɛɨʉꞹ",
    "\u0332": "eo",
    "\u0342": "αηιυω",
    "\u0345": "αηω",
    "\u0358": "o",
    "\u035f": "t",
    "\u0361": "u",
    "\u1dc4": "aeiouɔɛ",
    "\u1dc5": "aeiouɔɛ",
    "\u1dc6": "aeiouɔɛɩ",
    "\u1dc7": "aeiouɔɛ",
}
"""Mark -> the letters that some language puts it on (Google Fonts' languages, Apache 2.0)."""

ALPHABETS = {
    "\u030d": (("aeiouɔɛ", False),),
    "\u030f": (
        ("aeiouæœɛɤɯʌ", True),
        ("ѵ", False),
    ),
    "\u0313": (
        ("achiklmnpqtuwyƛ", False),
        ("cklmnʕ", False),
        ("kmnpqtȼ", False),
        ("αεηιορυω", True),
    ),
    "\u0314": (("αεηιορυω", True),),
    "\u0323": (
        ("abdeiou", False),
        ("aeiouy", True),
        ("bdhlmrstvzđ", True),
        ("bk", False),
        ("cdhjlrstxz", False),
        ("cils", False),
        ("dhklmnrstz", False),
        ("einou", False),
        ("eos", False),
        ("inruv", False),
        ("lmno", False),
    ),
    "\u0324": (
        ("aeiou", False),
        ("dhtz", False),
        ("uw", False),
    ),
    "\u0325": (("lmnr", False),),
    "\u032d": (("dlnt", False),),
    "\u032e": (
        ("h", False),
        ("h", True),
    ),
    "\u032f": (
        ("b", False),
        ("dt", False),
    ),
    "\u0330": (
        ("aeinuɔəɛ", False),
        ("aeiouə", False),
    ),
    "\u0331": (
        ("aeiouɔɛɨʉ", False),
        ("aeiouꞹ", False),
        ("bdghklnprtz", False),
        ("ckpt", False),
        ("gkx", False),
        ("kntwx", False),
    ),
    "\u0332": (("eo", False),),
    "\u0342": (("αηιυω", True),),
    "\u0345": (("αηω", True),),
    "\u0358": (("o", False),),
    "\u035f": (("t", False),),
    "\u0361": (("u", False),),
    "\u1dc5": (("aeiou", True),),
    "\u1dc6": (("aeiouɔɛ", True),),
    "\u1dc7": (("aeiouɔɛ", True),),
}
"""Mark -> the letters each language puts it on, and whether that language has more than five marks."""
