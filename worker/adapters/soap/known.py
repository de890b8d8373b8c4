"""Schemas that services refer to without bringing them along: short forms, so that nobody has to be asked for them."""

from collections.abc import Mapping

_XSD = "http://www.w3.org/2001/XMLSchema"
_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
_SIMPLE = (
    *("string", "boolean", "decimal", "float", "double", "integer", "long", "int", "short", "byte", "duration"),
    *("dateTime", "time", "date", "anyURI", "QName", "base64Binary", "hexBinary", "unsignedInt", "unsignedLong"),
)

_XML = f"""<schema xmlns="{_XSD}" targetNamespace="http://www.w3.org/XML/1998/namespace">
  <attribute name="lang" type="language"/>
  <attribute name="space" type="NCName"/>
  <attribute name="base" type="anyURI"/>
  <attribute name="id" type="ID"/>
</schema>"""

_VALUES = "".join(
    f'<complexType name="{name}"><simpleContent><extension base="xsd:{name}">'
    f'<attributeGroup ref="tns:commonAttributes"/></extension></simpleContent></complexType>'
    f'<element name="{name}" type="tns:{name}"/>'
    for name in _SIMPLE
)
_ARRAYS = f"""<xsd:schema xmlns="{_XSD}" xmlns:xsd="{_XSD}" xmlns:tns="{_ENCODING}" targetNamespace="{_ENCODING}">
  <attributeGroup name="commonAttributes">
    <attribute name="id" type="xsd:ID"/>
    <attribute name="href" type="xsd:anyURI"/>
    <anyAttribute namespace="##other" processContents="lax"/>
  </attributeGroup>
  <attribute name="arrayType" type="xsd:string"/>
  <attribute name="offset" type="xsd:string"/>
  <attribute name="position" type="xsd:string"/>
  <attributeGroup name="arrayAttributes">
    <attribute ref="tns:arrayType"/>
    <attribute ref="tns:offset"/>
  </attributeGroup>
  <attributeGroup name="arrayMemberAttributes"><attribute ref="tns:position"/></attributeGroup>
  <group name="Array">
    <sequence><any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/></sequence>
  </group>
  <complexType name="Array">
    <group ref="tns:Array" minOccurs="0"/>
    <attributeGroup ref="tns:arrayAttributes"/>
    <attributeGroup ref="tns:commonAttributes"/>
  </complexType>
  <element name="Array" type="tns:Array"/>
  <simpleType name="base64"><restriction base="xsd:base64Binary"/></simpleType>
  {_VALUES}
</xsd:schema>"""

KNOWN: Mapping[str, bytes] = {
    "https://www.w3.org/2001/xml.xsd": _XML.encode(),
    "http://www.w3.org/2001/xml.xsd": _XML.encode(),
    _ENCODING: _ARRAYS.encode(),
}
"""By the address at which they are asked for."""
