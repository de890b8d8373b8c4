"""A SOAP service with one operation, as a WSDL that says all of it."""

from collections.abc import Iterable


def wsdl(address: str, operation: str, asks: Iterable[str], answers: Iterable[str], *, namespace: str) -> str:
    """Return the WSDL. What is asked and answered are names with their types, such as `name string`."""
    return f"""<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="{namespace}" targetNamespace="{namespace}">
  <types><xsd:schema targetNamespace="{namespace}" elementFormDefault="qualified">
    {_element(operation, asks)}{_element(f"{operation}Response", answers)}
  </xsd:schema></types>
  <message name="In"><part name="parameters" element="tns:{operation}"/></message>
  <message name="Out"><part name="parameters" element="tns:{operation}Response"/></message>
  <portType name="Port">
    <operation name="{operation}"><input message="tns:In"/><output message="tns:Out"/></operation>
  </portType>
  <binding name="Binding" type="tns:Port">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="{operation}"><soap:operation soapAction=""/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
  </binding>
  <service name="Service">
    <port name="Port" binding="tns:Binding"><soap:address location="{address}"/></port>
  </service>
</definitions>"""


def _element(name: str, parts: Iterable[str]) -> str:
    fields = "".join(
        f'<xsd:element name="{part}" type="xsd:{kind}" minOccurs="0" nillable="true"/>'
        for part, _, kind in (written.partition(" ") for written in parts)
    )
    return (
        f'<xsd:element name="{name}"><xsd:complexType><xsd:sequence>{fields}</xsd:sequence></xsd:complexType>'
        "</xsd:element>"
    )
